#include "pipeline/scene_svg.h"

const char scene_stage_svg[] =
        "<defs>"
        "<linearGradient id='wall' x1='0' y1='0' x2='0' y2='1'><stop offset='0' stop-color='#2f3e5c'/>"
        "<stop offset='.55' stop-color='#6d6a8f'/><stop offset='1' stop-color='#c98f8f'/></linearGradient>"
        "<radialGradient id='spot' cx='.5' cy='.5' r='.5'><stop offset='0' stop-color='#ffe9cf' stop-opacity='.75'/>"
        "<stop offset='.7' stop-color='#ffd9b8' stop-opacity='.25'/><stop offset='1' stop-color='#ffd9b8' "
        "stop-opacity='0'/>"
        "</radialGradient></defs>"
        "<rect x='-3000' y='-3000' width='6720' height='7280' fill='#2f3e5c'/>"
        "<rect x='-3000' y='0' width='6720' height='1280' fill='url(#wall)'/>"
        "<circle cx='360' cy='690' r='430' fill='url(#spot)'/>"
        /* the rail with clothes */
        "<g stroke-linecap='round' fill='none'><path d='M-3000 70H3720' stroke='#d9b48a' stroke-width='10'/>"
        "<path d='M-3000 66H3720' stroke='#f0d3ad' stroke-width='3'/></g>"
        "<g id='a' opacity='.9'><path d='M96 70v16l-44 34h88l-44-34' fill='none' stroke='#e8c9a0' stroke-width='5'/>"
        "<path d='M52 112l-34 40 24 24 12-12v128h84V164l12 12 24-24-34-40-22-6q-22 22-44 0z' fill='#d8735f'/>"
        "<path d='M54 200h84v22H54z' fill='#f3dcc0' opacity='.8'/></g>"
        "<g opacity='.9'><path d='M624 70v16l-44 34h88l-44-34' fill='none' stroke='#e8c9a0' stroke-width='5'/>"
        "<path d='M592 112q32 26 64 0l10 66 40 134q-82 26-164 0l40-134z' fill='#5fa8a0'/>"
        "<path d='M584 178h80l4 16h-88z' fill='#2f5f66'/></g>"
        /* floor and plant */
        "<path d='M-3000 1120H3720v2200H-3000z' fill='#7a4a4a'/><path d='M-3000 1120H3720v14H-3000z' fill='#9c6460'/>"
        "<g stroke='#6b3f41' stroke-width='4'><path d='M-3000 1180H3720M-3000 1240H3720'/>"
        "<path d='M120 1134l-30 146M360 1134v146M600 1134l30 146'/></g>"
        "<g><path d='M70 1100c-60-70-70-150-52-220 40 40 62 110 62 210zM86 1100c-6-100 16-190 60-250 24 90 4 180-40 "
        "250zM60 1104"
        "c-50-20-90-60-110-110 60 0 110 40 130 106z' fill='#4f8f6f'/><path d='M30 1096h110l-14 84H44z' fill='#d99a63'/>"
        "<path d='M24 1086h122v22H24z' fill='#e9b17a'/></g>"
        /* the sign */
        "<rect x='110' y='146' width='500' height='112' rx='26' fill='#1d2233'/>"
        "<rect x='118' y='154' width='484' height='96' rx='20' fill='none' stroke='#f0c987' stroke-width='3'/>"
        "<text x='360' y='217' font-family='DejaVu Sans, sans-serif' font-weight='bold' font-size='40' "
        "text-anchor='middle' "
        "fill='#fff4e2'>Trunkshow demo</text>"
        /* behind the clock and the bits */
        "<rect x='56' y='272' width='608' height='92' rx='24' fill='#10131f'/>"
        "<rect x='30' y='370' width='660' height='40' rx='10' fill='#10131f'/>";

const char scene_item_svg[] =
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 960 1200' width='960' height='1200'>"
        "<rect width='960' height='1200' fill='#f4d9b8'/><circle cx='480' cy='620' r='400' fill='#f9e8d0'/>"
        "<path d='M340 250L170 350 90 560l130 60 60-110v440q200 60 400 0V510l60 110 130-60-80-210-170-100q-140 130-280 "
        "0z' "
        "fill='#3f7f8c'/><path d='M340 250q140 130 280 0l-34-14q-106 84-212 0z' fill='#2c5c68'/>"
        "<path d='M280 640h400v70H280zM280 760h400v34H280z' fill='#f6b95f'/></svg>";
